local alocal b
return c