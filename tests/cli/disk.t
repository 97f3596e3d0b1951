# disk.t: where there is no room left it says so, and goes on when there is.
$ sample legacy.db 5000
$ trap '' XFSZ; ulimit -f 600; engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 200 --workers 2 > /dev/null 2> full.err
[74]
$ sed -E 's/ [^ ]*(full|I\/O)[^ ]* .*//' full.err | grep -c .
1
$ sqlite3 target.db 'pragma integrity_check'
ok
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:target.db --chunk 200 --workers 2 --json | jq -c '.status, (.entities[0] | [.read, .merged + .unchanged, .digest])'
"complete"
[5000,4900,"60f77f75852836deb2894e51faec14a0"]
$ engine run rules/v3.lua --legacy sqlite:legacy.db --target sqlite:whole.db --json | jq -c '.status, (.entities[0] | [.read, .merged + .unchanged, .digest])'
"complete"
[5000,4900,"60f77f75852836deb2894e51faec14a0"]
