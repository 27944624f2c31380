package index

import (
	"reflect"
	"testing"
)

var shop = Build([]Book{
	{ID: 1, Title: "The Old Man and the C", Author: "Ernest Heapingway", Blurb: "The greatest pointer of his life."},
	{ID: 4, Title: "Moby Disk", Author: "Herman Malloc", Blurb: "One captain hunts a process."},
	{ID: 8, Title: "And Then There Was Null", Author: "Agatha Catchie", Blurb: "Ten pointers on an island."},
})

func TestSearch(t *testing.T) {
	for query, want := range map[string][]int{
		"moby":        {4},
		"MALLOC":      {4},
		"point":       {1, 8}, // a beginning is enough; equal scores stand in the order of the shop
		"and":         {1, 8},
		"ten pointer": {8}, // every word is needed
		"moby null":   {},
		"whale":       {},
		"":            {},
		"?!":          {},
	} {
		got := []int{}
		for _, hit := range shop.Search(query) {
			got = append(got, hit.ID)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

func TestATitleCountsMoreThanABlurb(t *testing.T) {
	index := Build([]Book{{ID: 1, Blurb: "a disk"}, {ID: 2, Title: "Disk"}})
	if hits := index.Search("disk"); len(hits) != 2 || hits[0].ID != 2 {
		t.Errorf("got %+v", hits)
	}
}
