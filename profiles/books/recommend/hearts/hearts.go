// Package hearts counts, in a sorted set in Redis, the hearts of each book.
package hearts

import (
	"context"
	"strconv"

	"github.com/redis/go-redis/v9"
)

const key = "recommend:hearts"

// Count is a book and how many hearts it has.
type Count struct {
	Book   int `json:"book"`
	Hearts int `json:"hearts"`
}

// first is what the shop opens with.
var first = []redis.Z{{Member: "4", Score: 3}, {Member: "3", Score: 2}, {Member: "1", Score: 1}}

// Hearts is the sorted set.
type Hearts struct{ client *redis.Client }

// New uses a client that connects with its first command.
func New(client *redis.Client) *Hearts { return &Hearts{client} }

// Top returns the books with the most hearts. It seeds an empty set on the
// way: a Redis that lost its data needs no restart of this service.
func (h *Hearts) Top(ctx context.Context, most int) ([]Count, error) {
	pipeline := h.client.Pipeline()
	pipeline.ZAddNX(ctx, key, first...)
	top := pipeline.ZRevRangeWithScores(ctx, key, 0, int64(most-1))
	if _, err := pipeline.Exec(ctx); err != nil {
		return nil, err
	}
	counts := make([]Count, 0, most)
	for _, member := range top.Val() {
		name, _ := member.Member.(string)
		book, err := strconv.Atoi(name)
		if err != nil {
			return nil, err
		}
		counts = append(counts, Count{Book: book, Hearts: int(member.Score)})
	}
	return counts, nil
}

// Give adds a heart and returns how many the book has now.
func (h *Hearts) Give(ctx context.Context, book int) (int, error) {
	pipeline := h.client.Pipeline()
	pipeline.ZAddNX(ctx, key, first...)
	given := pipeline.ZIncrBy(ctx, key, 1, strconv.Itoa(book))
	if _, err := pipeline.Exec(ctx); err != nil {
		return 0, err
	}
	return int(given.Val()), nil
}
