// Package catalogue keeps the index of what the books and authors services say.
package catalogue

import (
	"context"
	"encoding/json"
	"log"
	"sync"

	"books.example/kit/peer"

	"books.example/search/index"
)

// Catalogue asks both services before each search whether anything is new,
// which costs two short answers. Nothing goes stale, and no clock is involved.
type Catalogue struct {
	mutex   sync.Mutex
	books   source
	authors source
	edition Edition
}

// Edition is an index and the name of what it was made from.
type Edition struct {
	Index *index.Index
	Name  string
}

// New makes a catalogue; it is read when the first search comes.
func New(books, authors *peer.Peer) *Catalogue {
	return &Catalogue{
		books:   source{peer: books, path: "/books"},
		authors: source{peer: authors, path: "/authors"},
	}
}

// Current returns the index of the books as they are now. While a service is
// away, that is the books as they last were.
func (c *Catalogue) Current(ctx context.Context) (Edition, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()

	for _, source := range []*source{&c.books, &c.authors} {
		if err := source.refresh(ctx); err != nil {
			if c.edition.Index == nil {
				return Edition{}, err
			}
			log.Printf("the index stays as it is: %v", err)
			return c.edition, nil
		}
	}
	name := c.books.answer.Tag + c.authors.answer.Tag
	if c.edition.Index != nil && c.edition.Name == name {
		return c.edition, nil
	}
	books, err := join(c.books.answer.Body, c.authors.answer.Body)
	if err != nil {
		return Edition{}, err
	}
	c.edition = Edition{Index: index.Build(books), Name: name}
	return c.edition, nil
}

type source struct {
	peer   *peer.Peer
	path   string
	answer peer.Answer
}

func (s *source) refresh(ctx context.Context) error {
	answer, unchanged, err := s.peer.Get(ctx, s.path, s.answer.Tag)
	if err == nil && !unchanged {
		s.answer = answer
	}
	return err
}

func join(booksJSON, authorsJSON []byte) ([]index.Book, error) {
	var shelf struct {
		Books []struct {
			ID     int
			Title  string
			Author int
			Cover  string
			Blurb  string
		}
	}
	var authors []struct {
		ID   int
		Name string
	}
	if err := json.Unmarshal(booksJSON, &shelf); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(authorsJSON, &authors); err != nil {
		return nil, err
	}
	names := map[int]string{}
	for _, author := range authors {
		names[author.ID] = author.Name
	}
	books := make([]index.Book, 0, len(shelf.Books))
	for _, book := range shelf.Books {
		books = append(books, index.Book{
			ID: book.ID, Title: book.Title, Author: names[book.Author], Cover: book.Cover, Blurb: book.Blurb,
		})
	}
	return books, nil
}
