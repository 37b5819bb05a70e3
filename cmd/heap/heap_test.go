package heap

import "testing"

func TestASmallHeapHasRoom(t *testing.T) {
	for _, c := range []struct {
		alive uint64
		want  int
	}{{0, 1600}, {1 << 20, 1600}, {8 << 20, 500}, {16 << 20, 250}, {40 << 20, 100}, {1 << 30, 100}} {
		if got := percentOf(c.alive); got != c.want {
			t.Errorf("%d MB alive: %d %%, not %d", c.alive>>20, got, c.want)
		}
	}
}
