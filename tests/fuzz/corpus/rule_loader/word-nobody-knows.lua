return migraton { version = "v1" }
