// Package shelf puts together what the services know about each book.
package shelf

import (
	"context"
	"sync"
)

// Shelf is the whole shop on one page.
type Shelf struct {
	Motto string   `json:"motto"`
	Books []Book   `json:"books"`
	Away  []string `json:"away"` // services whose last known answer is shown, or nothing
}

// Book is a book with its author, reviews and hearts.
type Book struct {
	ID      int      `json:"id"`
	Title   string   `json:"title"`
	Year    int      `json:"year"`
	Cover   string   `json:"cover"`
	Blurb   string   `json:"blurb"`
	Author  Author   `json:"author"`
	Reviews []Review `json:"reviews"`
	Hearts  int      `json:"hearts"`
}

// Author is who wrote it.
type Author struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	About string `json:"about"`
}

// Review is what a reader says.
type Review struct {
	Book   int    `json:"book"`
	Reader string `json:"reader"`
	Stars  int    `json:"stars"`
	Words  string `json:"words"`
}

// Source is one service's part of the shelf.
type Source interface {
	Read(ctx context.Context, into any) (stale bool, err error)
}

// Sources are all of them.
type Sources struct{ Books, Authors, Reviews, Hearts Source }

type answers struct {
	books struct {
		Motto string
		Books []struct {
			ID     int
			Title  string
			Author int
			Year   int
			Cover  string
			Blurb  string
		}
	}
	authors []Author
	reviews []Review
	hearts  []struct{ Book, Hearts int }
}

// Fill asks all services at once. Without books there is no shelf; whatever
// else is missing leaves a gap and its name in Away.
func Fill(ctx context.Context, sources Sources) (Shelf, error) {
	var got answers
	parts := []struct {
		name   string
		source Source
		into   any
		stale  bool
		err    error
	}{
		{name: "books", source: sources.Books, into: &got.books},
		{name: "authors", source: sources.Authors, into: &got.authors},
		{name: "reviews", source: sources.Reviews, into: &got.reviews},
		{name: "recommend", source: sources.Hearts, into: &got.hearts},
	}
	var all sync.WaitGroup
	for i := range parts {
		part := &parts[i]
		all.Add(1)
		go func() {
			defer all.Done()
			part.stale, part.err = part.source.Read(ctx, part.into)
		}()
	}
	all.Wait()

	if err := parts[0].err; err != nil {
		return Shelf{}, err
	}
	shelf := got.join()
	for _, part := range parts {
		if part.stale || part.err != nil {
			shelf.Away = append(shelf.Away, part.name)
		}
	}
	return shelf, nil
}

func (a *answers) join() Shelf {
	authors := map[int]Author{}
	for _, author := range a.authors {
		authors[author.ID] = author
	}
	reviews := map[int][]Review{}
	for _, review := range a.reviews {
		reviews[review.Book] = append(reviews[review.Book], review)
	}
	hearts := map[int]int{}
	for _, count := range a.hearts {
		hearts[count.Book] = count.Hearts
	}
	shelf := Shelf{Motto: a.books.Motto, Books: []Book{}, Away: []string{}}
	for _, book := range a.books.Books {
		shelf.Books = append(shelf.Books, Book{
			ID:      book.ID,
			Title:   book.Title,
			Year:    book.Year,
			Cover:   book.Cover,
			Blurb:   book.Blurb,
			Author:  authors[book.Author],
			Reviews: append([]Review{}, reviews[book.ID]...),
			Hearts:  hearts[book.ID],
		})
	}
	return shelf
}
