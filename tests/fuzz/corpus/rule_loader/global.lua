x = 1
return migration {}
