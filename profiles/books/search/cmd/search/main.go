// Search finds books by their titles, authors and blurbs.
package main

import (
	"books.example/kit/cache"
	"books.example/kit/events"
	"books.example/kit/peer"
	"books.example/kit/service"

	"books.example/search/catalogue"
	"books.example/search/handlers"
)

type settings struct {
	Listen  string
	Books   string
	Authors string
	Redis   cache.Settings
	Events  events.Settings
}

func main() {
	var config settings
	service.Configure("search", &config)

	books := catalogue.New(peer.New(config.Books), peer.New(config.Authors))
	results := cache.New(cache.Connect(config.Redis), "search")
	events.Connect(config.Events, "search")
	service.Serve("search", config.Listen, handlers.Routes(books, results))
}
