package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"books.example/kit/peer"
)

// lifetime is for how long the shop stays readable without a service.
const lifetime = 10 * time.Minute

// Memory is where the last answers are kept: the shop's Redis.
type Memory interface {
	Get(ctx context.Context, key string) ([]byte, bool)
	Put(ctx context.Context, key string, value []byte, lifetime time.Duration)
}

// Source is data of one service.
//
// Its last answer is kept, and still the service is asked each time, with the
// tag of that answer: mostly it says "not modified" and sends nothing. A
// plain cache, even of two seconds, would hide the new answer of a handler
// from the developer who just saved it. Only while the service does not answer
// at all is the kept answer shown, and said to be old.
type Source struct {
	peer   *peer.Peer
	path   string
	memory Memory
}

// Read fills into with what the service says. It returns stale when that is
// what it said before, because it does not answer now.
func (s *Source) Read(ctx context.Context, into any) (stale bool, err error) {
	kept, have := s.recall(ctx)
	answer, unchanged, err := s.peer.Get(ctx, s.path, kept.Tag)
	switch {
	case err == nil && unchanged:
		answer = kept
	case err == nil:
		s.remember(ctx, answer)
	case have:
		answer, stale = kept, true
	default:
		return false, err
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return stale, fmt.Errorf("%s: %w", s.path, err)
	}
	return stale, nil
}

func (s *Source) recall(ctx context.Context) (peer.Answer, bool) {
	var answer peer.Answer
	text, ok := s.memory.Get(ctx, s.path)
	return answer, ok && json.Unmarshal(text, &answer) == nil
}

func (s *Source) remember(ctx context.Context, answer peer.Answer) {
	if text, err := json.Marshal(answer); err == nil {
		s.memory.Put(ctx, s.path, text, lifetime)
	}
}
