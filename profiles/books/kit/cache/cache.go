// Package cache is the shop's Redis.
package cache

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Settings say where Redis is.
type Settings struct {
	Address string
}

// Connect returns a client that connects with its first command. Its timeouts
// are short: an answer from the cache that takes long is no help.
func Connect(settings Settings) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr:             settings.Address,
		DialTimeout:      200 * time.Millisecond,
		ReadTimeout:      200 * time.Millisecond,
		WriteTimeout:     200 * time.Millisecond,
		MaxRetries:       1,
		DisableIndentity: true, // Redis 7.0 does not know the command yet
	})
}

// Cache keeps values under keys of its own. Redis away or slow is a miss, never
// an error: a cache makes an answer quicker, not possible.
type Cache struct {
	client *redis.Client
	prefix string
}

// New returns an empty cache: its keys carry the moment of this process's
// start. What an older binary put there is out of reach, so a developer who
// just saved never gets an answer that the old code computed.
func New(client *redis.Client, name string) *Cache {
	return &Cache{client: client, prefix: fmt.Sprintf("%s:%x:", name, time.Now().UnixNano())}
}

// Get returns what is under key, if it is there.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, bool) {
	value, err := c.client.Get(ctx, c.prefix+key).Bytes()
	return value, err == nil
}

// Put keeps value for as long as lifetime.
func (c *Cache) Put(ctx context.Context, key string, value []byte, lifetime time.Duration) {
	_ = c.client.Set(ctx, c.prefix+key, value, lifetime).Err()
}
