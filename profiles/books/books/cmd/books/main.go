// The books of the shop.
package main

import (
	"log"

	"books.example/kit/database"
	"books.example/kit/events"
	"books.example/kit/service"

	"books.example/books/handlers"
	"books.example/books/store"
)

type settings struct {
	Listen   string
	Database database.Settings
	Events   events.Settings
}

func main() {
	var config settings
	service.Configure("books", &config)

	books, err := store.Open(config.Database)
	if err != nil {
		log.Fatal(err)
	}
	bus := events.Connect(config.Events, "books")
	service.Serve("books", config.Listen, handlers.Routes(books, bus))
}
