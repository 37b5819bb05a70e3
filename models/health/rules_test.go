package health

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Rules come out of a policy as they went in.
func TestRulesAreKept(t *testing.T) {
	body, err := json.Marshal(Default())
	if err != nil {
		t.Fatal(err)
	}
	var got Rules
	if err := json.Unmarshal(body, &got); err != nil || !reflect.DeepEqual(got, Default()) {
		t.Errorf("%s becomes %+v, %v", body, got, err)
	}
	if err := json.Unmarshal([]byte(`{"levels": 3}`), &got); err == nil {
		t.Error("levels that are none are taken")
	}
}

func TestLevelOf(t *testing.T) {
	for m, want := range map[Measure]int{"notice": 0, Plan: 1, Warning: 2, OrderCap: 3, ListingPause: 4, Termination: 5} {
		if got := Default().LevelOf(m); got != want {
			t.Errorf("%s is on level %d, want %d", m, got, want)
		}
	}
}
