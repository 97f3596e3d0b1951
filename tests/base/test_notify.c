/*
 * test_notify.c: datagrams to whoever NOTIFY_SOCKET names, and nothing where nobody listens.
 */
#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/notify.h"

TestSuite(notify, .timeout = 30);

/* Listen at a name, '@' for an abstract one, and pass it on. */
static int listener(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	cr_assert_eq(bind(fd, (struct sockaddr *)&address,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
		     0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void hears(int fd, const char *expected)
{
	char text[200];
	ssize_t size = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	cr_assert_gt(size, 0, "%s did not come", expected);
	text[size] = '\0';
	cr_assert_str_eq(text, expected);
}

static void tell_and_hear(const char *name)
{
	struct notify notify;
	int fd = listener(name);

	notify_open(&notify);
	notify_send(&notify, SPAN("READY=1"));
	notify_send(&notify, SPAN("STATUS=moving"));
	hears(fd, "READY=1");
	hears(fd, "STATUS=moving");
	notify_close(&notify);
	close(fd);
}

Test(notify, tells_a_socket_in_a_folder)
{
	char folder[] = "/tmp/notify-XXXXXX", name[64];

	cr_assert_not_null(mkdtemp(folder));
	snprintf(name, sizeof(name), "%s/socket", folder);
	tell_and_hear(name);
	unlink(name);
	rmdir(folder);
}

Test(notify, tells_an_abstract_socket)
{
	char name[64];

	snprintf(name, sizeof(name), "@engine-notify-%ld", (long)getpid());
	tell_and_hear(name);
}

Test(notify, is_silent_when_nobody_listens)
{
	struct notify notify;

	unsetenv("NOTIFY_SOCKET");
	notify_open(&notify);
	cr_assert_eq(notify.fd, -1);
	notify_send(&notify, SPAN("READY=1"));
	cr_assert_not(notify.has_failed);
	notify_close(&notify);
}

Test(notify, goes_on_where_the_socket_is_none)
{
	static const char *const names[] = { "relative", "@", "/nowhere/at/all" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct notify notify;

		setenv("NOTIFY_SOCKET", names[i], 1);
		notify_open(&notify);
		notify_send(&notify, SPAN("READY=1"));
		cr_assert(notify.has_failed, "%s", names[i]);
		notify_close(&notify);
	}
}

Test(notify, knows_whose_watchdog_it_is)
{
	struct notify notify;
	char pid[32];

	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	setenv("WATCHDOG_USEC", "3000000", 1);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	notify_open(&notify);
	cr_assert_eq(notify.watchdog_ns, INT64_C(3000000000));
	notify_close(&notify);
	setenv("WATCHDOG_PID", "1", 1);
	notify_open(&notify);
	cr_assert_eq(notify.watchdog_ns, 0);
	notify_close(&notify);
}
