// Package store keeps the reviews in PostgreSQL.
package store

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"books.example/kit/database"
)

// Review is one row of the table, and what the API shows of it.
type Review struct {
	ID     int    `json:"id" db:"id"`
	Book   int    `json:"book" db:"book"`
	Reader string `json:"reader" db:"reader"`
	Stars  int    `json:"stars" db:"stars"`
	Words  string `json:"words" db:"words"`
}

//go:embed schema.sql
var schema string

// Reviews is the table.
type Reviews struct{ database *database.Database }

// Open makes and seeds the table in the background if it is not there.
func Open(settings database.Settings) (*Reviews, error) {
	opened, err := database.Open(settings, schema)
	return &Reviews{opened}, err
}

// All returns the reviews of one book, or of every book when book is 0; the
// newest come first.
func (s *Reviews) All(ctx context.Context, book int) ([]Review, error) {
	pool, err := s.database.Pool(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := pool.Query(ctx,
		`SELECT id, book, reader, stars, words FROM reviews WHERE $1 = 0 OR book = $1 ORDER BY id DESC`, book)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Review])
}

// Add puts a review into the table and returns it with its id.
func (s *Reviews) Add(ctx context.Context, review Review) (Review, error) {
	pool, err := s.database.Pool(ctx)
	if err != nil {
		return Review{}, err
	}
	err = pool.QueryRow(ctx,
		`INSERT INTO reviews (book, reader, stars, words) VALUES ($1, $2, $3, $4) RETURNING id`,
		review.Book, review.Reader, review.Stars, review.Words,
	).Scan(&review.ID)
	return review, err
}
