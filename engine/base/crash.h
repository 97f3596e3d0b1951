/*
 * crash.h: named places where a test can kill the engine.
 *
 * ENGINE_CRASH_AT=NAME:N ends the process like kill -9 would, the N-th time (from 1) that NAME is
 * passed. Without the variable a point costs one comparison.
 */
#ifndef ENGINE_BASE_CRASH_H
#define ENGINE_BASE_CRASH_H

/* Points in use: before-read after-read before-write after-write before-commit after-commit
 * before-stage after-stage before-checkpoint after-checkpoint before-ledger after-ledger
 * before-append after-append before-seal after-seal. */
void crash_point(const char *name);

#endif
