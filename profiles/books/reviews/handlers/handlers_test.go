package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"books.example/kit/events"

	"books.example/reviews/store"
)

type table struct {
	rows  []store.Review
	asked int
}

func (t *table) All(_ context.Context, book int) ([]store.Review, error) {
	t.asked = book
	return t.rows, nil
}

func (t *table) Add(_ context.Context, review store.Review) (store.Review, error) {
	t.rows = append(t.rows, review)
	return review, nil
}

type recorded []events.Event

func (r *recorded) Publish(_ context.Context, event events.Event) { *r = append(*r, event) }

func ask(routes http.Handler, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer
}

func TestReviewsOfOneBookOrOfAll(t *testing.T) {
	reviews := &table{}
	routes := Routes(reviews, &recorded{})
	for path, book := range map[string]int{"/reviews": 0, "/reviews?book=3": 3} {
		if answer := ask(routes, "GET", path, ""); answer.Code != http.StatusOK || reviews.asked != book {
			t.Errorf("%s: %d, asked for book %d", path, answer.Code, reviews.asked)
		}
	}
	if answer := ask(routes, "GET", "/reviews?book=whale", ""); answer.Code != http.StatusBadRequest {
		t.Errorf("a book that is no number: %d", answer.Code)
	}
}

func TestAReviewIsKeptAndPublished(t *testing.T) {
	reviews, published := &table{}, &recorded{}
	answer := ask(Routes(reviews, published), "POST", "/reviews", `{"book": 4, "stars": 3, "words": " Wet. "}`)
	if answer.Code != http.StatusCreated {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	if len(reviews.rows) != 1 || reviews.rows[0].Words != "Wet." || reviews.rows[0].Reader != "somebody" {
		t.Errorf("kept %+v", reviews.rows)
	}
	if len(*published) != 1 || (*published)[0].Text != "somebody gave ★★★: Wet." || (*published)[0].Book != 4 {
		t.Errorf("published %+v", *published)
	}
}

func TestReviewsThatAreRefused(t *testing.T) {
	reviews, published := &table{}, &recorded{}
	for _, body := range []string{
		`{"stars": 3, "words": "no book"}`,
		`{"book": 4, "stars": 6, "words": "too good"}`,
		`{"book": 4, "stars": 3, "words": "  "}`,
		`{"book": 4, "stars": 3, "words": "` + strings.Repeat("x", longestReview+1) + `"}`,
		`stars`,
	} {
		if answer := ask(Routes(reviews, published), "POST", "/reviews", body); answer.Code != http.StatusBadRequest {
			t.Errorf("%.50s: %d", body, answer.Code)
		}
	}
	if len(reviews.rows) != 0 || len(*published) != 0 {
		t.Errorf("kept %+v, published %+v", reviews.rows, *published)
	}
}
