// Package index finds books by the beginnings of words.
package index

import (
	"sort"
	"strings"
	"unicode"
)

// Book is what can be found.
type Book struct {
	ID     int    `json:"id"`
	Title  string `json:"title"`
	Author string `json:"author"`
	Cover  string `json:"cover"`
	Blurb  string `json:"blurb"`
}

// Hit is a book and how well it fits.
type Hit struct {
	Book
	Score int `json:"score"`
}

// How much a word counts, by where it stands.
const (
	inTitle  = 4
	inAuthor = 3
	inBlurb  = 1
)

type entry struct {
	book  int // position in books
	score int
}

// Index is made once and then only read.
type Index struct {
	books []Book
	words map[string][]entry
	order []string // the words, sorted, so that a beginning is a range
}

// Build makes the index of some books.
func Build(books []Book) *Index {
	index := &Index{books: books, words: map[string][]entry{}}
	for position, book := range books {
		index.add(position, book.Title, inTitle)
		index.add(position, book.Author, inAuthor)
		index.add(position, book.Blurb, inBlurb)
	}
	for word := range index.words {
		index.order = append(index.order, word)
	}
	sort.Strings(index.order)
	return index
}

func (i *Index) add(book int, text string, score int) {
	for _, word := range split(text) {
		i.words[word] = append(i.words[word], entry{book, score})
	}
}

// Search returns the books in which every word of the query begins a word, the
// best first.
func (i *Index) Search(query string) []Hit {
	wanted := split(query)
	total := map[int]int{}
	for n, beginning := range wanted {
		scores := i.scores(beginning)
		for book, score := range scores {
			if _, fits := total[book]; fits || n == 0 {
				total[book] += score
			}
		}
		for book := range total {
			if _, fits := scores[book]; !fits {
				delete(total, book)
			}
		}
	}
	hits := make([]Hit, 0, len(total))
	for book, score := range total {
		hits = append(hits, Hit{i.books[book], score})
	}
	sort.Slice(hits, func(a, b int) bool {
		if hits[a].Score != hits[b].Score {
			return hits[a].Score > hits[b].Score
		}
		return hits[a].ID < hits[b].ID
	})
	return hits
}

func (i *Index) scores(beginning string) map[int]int {
	scores := map[int]int{}
	for n := sort.SearchStrings(i.order, beginning); n < len(i.order) && strings.HasPrefix(i.order[n], beginning); n++ {
		for _, entry := range i.words[i.order[n]] {
			scores[entry.book] += entry.score
		}
	}
	return scores
}

func split(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
