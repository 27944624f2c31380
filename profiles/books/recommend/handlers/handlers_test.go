package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"books.example/kit/events"

	"books.example/recommend/hearts"
)

type counted struct {
	asked int
	given map[int]int
}

func (c *counted) Top(_ context.Context, most int) ([]hearts.Count, error) {
	c.asked = most
	return []hearts.Count{}, nil
}

func (c *counted) Give(_ context.Context, book int) (int, error) {
	c.given[book]++
	return c.given[book], nil
}

type recorded []events.Event

func (r *recorded) Publish(_ context.Context, event events.Event) { *r = append(*r, event) }

func ask(routes http.Handler, method, path string) int {
	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	return answer.Code
}

func TestHowManyAreRecommended(t *testing.T) {
	hearts := &counted{}
	routes := Routes(hearts, &recorded{})
	for path, want := range map[string]int{"/recommendations": usual, "/recommendations?limit=5": 5} {
		if status := ask(routes, "GET", path); status != http.StatusOK || hearts.asked != want {
			t.Errorf("%s: %d, asked for %d", path, status, hearts.asked)
		}
	}
	for _, limit := range []string{"0", "-1", "51", "many"} {
		if status := ask(routes, "GET", "/recommendations?limit="+limit); status != http.StatusBadRequest {
			t.Errorf("limit=%s: %d", limit, status)
		}
	}
}

func TestAHeartIsCountedAndPublished(t *testing.T) {
	hearts, published := &counted{given: map[int]int{}}, &recorded{}
	routes := Routes(hearts, published)
	if status := ask(routes, "POST", "/hearts/4"); status != http.StatusOK {
		t.Fatal(status)
	}
	if hearts.given[4] != 1 || len(*published) != 1 || (*published)[0].Book != 4 {
		t.Errorf("given %v, published %+v", hearts.given, *published)
	}
}

func TestAHeartForNothing(t *testing.T) {
	hearts := &counted{given: map[int]int{}}
	for _, path := range []string{"/hearts/", "/hearts/whale", "/hearts/0"} {
		if status := ask(Routes(hearts, &recorded{}), "POST", path); status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, status)
		}
	}
	if len(hearts.given) != 0 {
		t.Errorf("given %v", hearts.given)
	}
}
