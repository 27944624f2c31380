// Package database is the shop's PostgreSQL.
package database

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Settings say where the database is.
type Settings struct {
	URL string
}

// Database connects in the background: a service listens before its database
// does, and requests wait for as long as their context allows.
type Database struct {
	pool     *pgxpool.Pool
	prepared chan struct{}
}

const retryPause = 100 * time.Millisecond

// Open starts to connect and puts the schema in place. The schema is SQL that
// may run any number of times; it runs at each start of the service.
func Open(settings Settings, schema string) (*Database, error) {
	options, err := pgxpool.ParseConfig(settings.URL)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	options.MaxConns = 8
	options.ConnConfig.ConnectTimeout = time.Second
	pool, err := pgxpool.NewWithConfig(context.Background(), options)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	database := &Database{pool: pool, prepared: make(chan struct{})}
	go database.prepare(schema)
	return database, nil
}

// prepare goes on until the schema is there. A first failure is ordinary: the
// database may start later than the service.
func (d *Database) prepare(schema string) {
	for attempt := 1; ; attempt++ {
		_, err := d.pool.Exec(context.Background(), schema)
		if err == nil {
			close(d.prepared)
			return
		}
		if attempt%10 == 1 {
			log.Printf("waiting for the database: %v", err)
		}
		time.Sleep(retryPause)
	}
}

// Pool is the connections, once the schema is in place.
func (d *Database) Pool(ctx context.Context) (*pgxpool.Pool, error) {
	select {
	case <-d.prepared:
		return d.pool, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("the database is not ready: %w", ctx.Err())
	}
}
