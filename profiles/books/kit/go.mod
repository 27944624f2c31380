module books.example/kit

go 1.19

require (
	github.com/BurntSushi/toml v1.5.0
	github.com/jackc/pgx/v5 v5.5.5
	github.com/nats-io/nats.go v1.28.0
	github.com/redis/go-redis/v9 v9.7.3
)

require (
	github.com/cespare/xxhash/v2 v2.2.0 // indirect
	github.com/dgryski/go-rendezvous v0.0.0-20200823014737-9f7001d12a5f // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20221227161230-091c0ba34f0a // indirect
	github.com/jackc/puddle/v2 v2.2.1 // indirect
	github.com/klauspost/compress v1.16.5 // indirect
	// Only the tests of nats.go want a server. The version stands here because `go mod tidy`
	// would else choose the newest, which takes nats.go along to one that Go 1.19 cannot build.
	github.com/nats-io/nats-server/v2 v2.9.20 // indirect
	github.com/nats-io/nkeys v0.4.4 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	golang.org/x/crypto v0.17.0 // indirect
	golang.org/x/sync v0.1.0 // indirect
	golang.org/x/sys v0.15.0 // indirect
	golang.org/x/text v0.14.0 // indirect
)
