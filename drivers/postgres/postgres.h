/*
 * postgres.h: PostgreSQL 12 and later, as legacy and as the target: "postgres://…", any URI that libpq knows.
 */
#ifndef DRIVERS_POSTGRES_POSTGRES_H
#define DRIVERS_POSTGRES_POSTGRES_H

#include "drivers/driver.h"

extern const struct driver postgres_driver;

#endif
