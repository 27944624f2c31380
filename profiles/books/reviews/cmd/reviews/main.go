// What readers say about the books.
package main

import (
	"log"

	"books.example/kit/database"
	"books.example/kit/events"
	"books.example/kit/service"

	"books.example/reviews/handlers"
	"books.example/reviews/store"
)

type settings struct {
	Listen   string
	Database database.Settings
	Events   events.Settings
}

func main() {
	var config settings
	service.Configure("reviews", &config)

	reviews, err := store.Open(config.Database)
	if err != nil {
		log.Fatal(err)
	}
	bus := events.Connect(config.Events, "reviews")
	service.Serve("reviews", config.Listen, handlers.Routes(reviews, bus))
}
