package shelf

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

type says struct {
	text  string
	stale bool
	err   error
}

func (s says) Read(_ context.Context, into any) (bool, error) {
	if s.err != nil {
		return false, s.err
	}
	return s.stale, json.Unmarshal([]byte(s.text), into)
}

var (
	books   = says{text: `{"motto": "m", "books": [{"id": 4, "title": "Moby Disk", "author": 2}]}`}
	authors = says{text: `[{"id": 2, "name": "Herman Malloc"}]`}
	reviews = says{text: `[{"book": 4, "stars": 3}, {"book": 9, "stars": 1}]`}
	hearts  = says{text: `[{"book": 4, "hearts": 7}]`}
	nothing = says{err: errors.New("away")}
)

func TestABookIsShownWithAllThatIsKnown(t *testing.T) {
	shelf, err := Fill(context.Background(), Sources{books, authors, reviews, hearts})
	if err != nil {
		t.Fatal(err)
	}
	want := Shelf{Motto: "m", Away: []string{}, Books: []Book{{
		ID: 4, Title: "Moby Disk", Hearts: 7,
		Author:  Author{ID: 2, Name: "Herman Malloc"},
		Reviews: []Review{{Book: 4, Stars: 3}},
	}}}
	if !reflect.DeepEqual(shelf, want) {
		t.Errorf("got  %+v\nwant %+v", shelf, want)
	}
}

func TestAServiceThatIsAwayLeavesAGapWithItsName(t *testing.T) {
	old := authors
	old.stale = true
	shelf, err := Fill(context.Background(), Sources{books, old, nothing, hearts})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(shelf.Away, []string{"authors", "reviews"}) {
		t.Errorf("away: %v", shelf.Away)
	}
	if shelf.Books[0].Author.Name != "Herman Malloc" || len(shelf.Books[0].Reviews) != 0 {
		t.Errorf("got %+v", shelf.Books[0])
	}
}

func TestWithoutBooksThereIsNoShelf(t *testing.T) {
	if _, err := Fill(context.Background(), Sources{nothing, authors, reviews, hearts}); err == nil {
		t.Error("a shelf without books")
	}
}
