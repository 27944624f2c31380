// Package store keeps the authors in PostgreSQL.
package store

import (
	"context"
	_ "embed"
	"errors"

	"github.com/jackc/pgx/v5"

	"books.example/kit/database"
)

// Author is one row of the table, and what the API shows of it.
type Author struct {
	ID    int    `json:"id" db:"id"`
	Name  string `json:"name" db:"name"`
	About string `json:"about" db:"about"`
}

//go:embed schema.sql
var schema string

// Authors is the table.
type Authors struct{ database *database.Database }

// Open makes and seeds the table in the background if it is not there.
func Open(settings database.Settings) (*Authors, error) {
	opened, err := database.Open(settings, schema)
	return &Authors{opened}, err
}

// All returns every author.
func (a *Authors) All(ctx context.Context) ([]Author, error) {
	pool, err := a.database.Pool(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := pool.Query(ctx, `SELECT id, name, about FROM authors ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Author])
}

// One returns the author with that id, and whether there is one.
func (a *Authors) One(ctx context.Context, id int) (Author, bool, error) {
	pool, err := a.database.Pool(ctx)
	if err != nil {
		return Author{}, false, err
	}
	rows, err := pool.Query(ctx, `SELECT id, name, about FROM authors WHERE id = $1`, id)
	if err != nil {
		return Author{}, false, err
	}
	author, err := pgx.CollectOneRow(rows, pgx.RowToStructByName[Author])
	if errors.Is(err, pgx.ErrNoRows) {
		return Author{}, false, nil
	}
	return author, err == nil, err
}
