package main

import "testing"

// A panic comes through each within each as what it was.
func TestEachWithinEach(t *testing.T) {
	defer func() {
		c, ok := recover().(*crash)
		if !ok || c.value != "a mistake" {
			t.Errorf("recovered %+v", c)
		}
	}()
	each(2, func(i int) {
		each(2, func(j int) {
			if i == 1 && j == 1 {
				panic("a mistake")
			}
		})
	})
}
