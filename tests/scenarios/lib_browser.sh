# lib_browser.sh: pages as a browser has them once whatever runs in them has run. To be sourced behind lib.sh.

browser_dump() { # PAGE: its elements to stdout, what it asked the network for to net.json
	chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync \
		--user-data-dir="$scratch/chromium" --virtual-time-budget=2000 --log-net-log="$scratch/net.json" --dump-dom "file://$scratch/$1" 2> chromium.err
}

# Values that would change the title, or ask 127.0.0.1:9 for something, must not get that far; a page of the same that is no text must, so that
# the test can fail.
browser_is_inert() { # PAGE TITLE NAME
	if ! command -v chromium > /dev/null; then
		echo "not ok - $3: there is no chromium; scripts/setup installs it"
		failed=1
		return
	fi
	browser_dump "$1" > dom
	grep -qF "<title>$2</title>" dom && ! grep -q -E '<script|<img|onerror=' <(grep -oE '<[^>]*>' dom)
	report $? "$3: in a browser no script of theirs has run" chromium.err
	! grep -q '127.0.0.1:9' net.json && [ -s net.json ]
	report $? "$3: and nothing was asked for"
	printf '<title>no</title><img src=http://127.0.0.1:9/x><script>document.title="ran"</script>' > control.html
	browser_dump control.html > dom
	grep -q '<title>ran</title>' dom && grep -q '127.0.0.1:9' net.json
	report $? "$3: where one would have been seen to"
}
