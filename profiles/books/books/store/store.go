// Package store keeps the books in PostgreSQL.
package store

import (
	"context"
	_ "embed"
	"errors"

	"github.com/jackc/pgx/v5"

	"books.example/kit/database"
)

// Book is one row of the table, and what the API shows of it.
type Book struct {
	ID     int    `json:"id" db:"id"`
	Title  string `json:"title" db:"title"`
	Author int    `json:"author" db:"author"`
	Year   int    `json:"year" db:"year"`
	Cover  string `json:"cover" db:"cover"`
	Blurb  string `json:"blurb" db:"blurb"`
}

//go:embed schema.sql
var schema string

// Books is the table.
type Books struct{ database *database.Database }

// Open makes and seeds the table in the background if it is not there.
func Open(settings database.Settings) (*Books, error) {
	opened, err := database.Open(settings, schema)
	return &Books{opened}, err
}

const columns = `id, title, author, year, cover, blurb`

// All returns every book in the order they came into the shop.
func (b *Books) All(ctx context.Context) ([]Book, error) {
	pool, err := b.database.Pool(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := pool.Query(ctx, `SELECT `+columns+` FROM books ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Book])
}

// One returns the book with that id, and whether there is one.
func (b *Books) One(ctx context.Context, id int) (Book, bool, error) {
	pool, err := b.database.Pool(ctx)
	if err != nil {
		return Book{}, false, err
	}
	rows, err := pool.Query(ctx, `SELECT `+columns+` FROM books WHERE id = $1`, id)
	if err != nil {
		return Book{}, false, err
	}
	book, err := pgx.CollectOneRow(rows, pgx.RowToStructByName[Book])
	if errors.Is(err, pgx.ErrNoRows) {
		return Book{}, false, nil
	}
	return book, err == nil, err
}

// Add puts a book into the table and returns it with its id.
func (b *Books) Add(ctx context.Context, book Book) (Book, error) {
	pool, err := b.database.Pool(ctx)
	if err != nil {
		return Book{}, err
	}
	err = pool.QueryRow(ctx,
		`INSERT INTO books (title, author, year, cover, blurb) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		book.Title, book.Author, book.Year, book.Cover, book.Blurb,
	).Scan(&book.ID)
	return book, err
}
