package handlers

import (
	"net/http"

	"books.example/books/store"
)

// motto stands above the books on the gateway's page. Change it, save, and ask
// again: the next answer has yours.
const motto = "Every book here was swapped while it was being read."

// shelf is the answer to GET /books.
type shelf struct {
	Motto string       `json:"motto"`
	Books []store.Book `json:"books"`
}

// list answers GET /books with every book of the shop.
func (s *shop) list(r *http.Request) (any, error) {
	books, err := s.books.All(r.Context())
	if err != nil {
		return nil, err
	}
	return shelf{Motto: motto, Books: books}, nil
}
