package handlers

import (
	"reflect"
	"testing"
)

// Whatever a timeline tells of an event is looked for in its data.
func TestFactNames(t *testing.T) {
	facts := reflect.TypeFor[eventFacts]()
	if len(factNames) != facts.NumField() {
		t.Errorf("%d names for %d facts", len(factNames), facts.NumField())
	}
	for i := range facts.NumField() {
		name := facts.Field(i).Tag.Get("json")
		if !tellsFacts([]byte(`{"by":"seller","` + name + `":1}`)) {
			t.Errorf("%s would not be told", name)
		}
	}
	if tellsFacts([]byte(`{"by":"seller","message_id":"1"}`)) {
		t.Error("every event is read")
	}
}
