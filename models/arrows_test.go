package models

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// models is the middle of the house: it must reach neither HTTP nor pages nor the store of
// files, and the leaves nothing of ours.
func TestArrows(t *testing.T) {
	for _, tc := range []struct {
		pkg  string
		ours []string // packages of ours it may reach, itself left out
		not  []string
	}{
		{"hosho/models", []string{"hosho/models/calendar", "hosho/models/health", "hosho/models/money", "hosho/models/seal"}, []string{"net/http", "html/template", "github.com/gin-gonic/gin"}},
		{"hosho/models/calendar", nil, []string{"gorm.io/gorm"}},
		{"hosho/models/health", nil, []string{"gorm.io/gorm"}},
		{"hosho/models/money", nil, []string{"gorm.io/gorm"}},
		{"hosho/models/seal", nil, []string{"gorm.io/gorm"}},
		{"hosho/storage", nil, []string{"gorm.io/gorm", "github.com/gin-gonic/gin"}},
		{"hosho/storage/inspect", nil, []string{"gorm.io/gorm", "github.com/gin-gonic/gin"}},
		{"hosho/templates", nil, []string{"gorm.io/gorm", "github.com/gin-gonic/gin", "net/http"}},
		{"hosho/static", nil, []string{"gorm.io/gorm", "github.com/gin-gonic/gin"}},
	} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", tc.pkg).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", tc.pkg, err)
		}
		for dep := range strings.FieldsSeq(string(out)) {
			if dep != tc.pkg && strings.HasPrefix(dep, "hosho/") && !slices.Contains(tc.ours, dep) || slices.Contains(tc.not, dep) {
				t.Errorf("%s must not reach %s", tc.pkg, dep)
			}
		}
	}
}
