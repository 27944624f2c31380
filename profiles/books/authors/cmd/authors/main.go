// The authors of the shop's books.
package main

import (
	"log"

	"books.example/kit/database"
	"books.example/kit/events"
	"books.example/kit/service"

	"books.example/authors/handlers"
	"books.example/authors/store"
)

type settings struct {
	Listen   string
	Database database.Settings
	Events   events.Settings
}

func main() {
	var config settings
	service.Configure("authors", &config)

	authors, err := store.Open(config.Database)
	if err != nil {
		log.Fatal(err)
	}
	events.Connect(config.Events, "authors")
	service.Serve("authors", config.Listen, handlers.Routes(authors))
}
