/*
 * require.h: promises between our own functions, checked in every build.
 *
 * A broken promise is a bug in this program, never bad input: it prints the
 * promise and aborts. Bad input and a bad world go into struct err instead.
 */
#ifndef ENGINE_BASE_REQUIRE_H
#define ENGINE_BASE_REQUIRE_H

#define require(promise) \
	((promise) ? (void)0 : require_failed(#promise, __FILE__, __LINE__, __func__))

/* Expensive self-checks; compiled in debug and sanitize builds only. */
#ifdef ENGINE_CHECK_DEEPLY
#define check_deeply(promise) require(promise)
#else
#define check_deeply(promise) ((void)sizeof(promise))
#endif

_Noreturn void require_failed(const char *promise, const char *file, int line,
			      const char *function);

#endif
