/*
 * sqlite.h: SQLite files as legacy and as target: sqlite:PATH.
 *
 * Everything behind the first colon is the path; URI parameters and :memory: are file names here.
 */
#ifndef DRIVERS_SQLITE_SQLITE_H
#define DRIVERS_SQLITE_SQLITE_H

#include "drivers/driver.h"

extern const struct driver sqlite_driver;

#endif
