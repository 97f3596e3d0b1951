-- 094-nul-bytes.make.lua: a NUL that ends the text for some and not for others.
--! E1001

io.write('-- fine\n\0os.execute("touch created-by-a-rule")\nreturn migration {}')
