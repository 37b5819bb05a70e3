package modelstest

import (
	"database/sql"
	"strings"
	"testing"
)

// A database with the schema is made once, and whatever a test wrote into it, the next finds it empty.
func TestSchemaIsMadeOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "mariadb"} {
		t.Run(engine, func(t *testing.T) {
			t.Setenv("HOSHO_TEST_DB", engine)
			made := 0
			migrate := func(address string) error {
				made++
				db := anyEngine(t, address)
				for _, q := range []string{"CREATE TABLE " + migrationsTable + " (id INT)", "INSERT INTO " + migrationsTable + " VALUES (1)", "CREATE TABLE things (id INT)", "INSERT INTO things VALUES (7)"} {
					if _, err := db.Exec(q); err != nil {
						return err
					}
				}
				return db.Close()
			}
			for range 3 {
				t.Run("test", func(t *testing.T) {
					db := anyEngine(t, Schema(t, migrate))
					var things, noted int
					if err := db.QueryRow("SELECT (SELECT COUNT(*) FROM things), (SELECT COUNT(*) FROM "+migrationsTable+")").Scan(&things, &noted); err != nil || things != 0 || noted != 1 {
						t.Errorf("%d things and %d migrations, want 0 and 1: %v", things, noted, err)
					}
					if _, err := db.Exec("INSERT INTO things VALUES (8)"); err != nil {
						t.Fatal(err)
					}
				})
			}
			if made != 1 {
				t.Errorf("the schema was made %d times", made)
			}
		})
	}
}

func anyEngine(t *testing.T, address string) *sql.DB {
	t.Helper()
	path, file := strings.CutPrefix(address, "sqlite:")
	if !file {
		return connect(t, address)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
