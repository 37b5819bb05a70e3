package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"

	"hosho/static"
)

// The page about the API is drawn from its description, so that the two cannot differ. What
// follows reads as much of OpenAPI as that file uses.

type specDocument struct {
	Info struct {
		Description string `yaml:"description"`
	} `yaml:"info"`
	Tags []struct {
		Name          string `yaml:"name"`
		Description   string `yaml:"description"`
		DescriptionJA string `yaml:"x-description-ja"`
	} `yaml:"tags"`
	Paths      map[string]map[string]specOperation `yaml:"paths"`
	Components struct {
		Schemas    map[string]specSchema    `yaml:"schemas"`
		Parameters map[string]specParameter `yaml:"parameters"`
		Responses  map[string]specResponse  `yaml:"responses"`
	} `yaml:"components"`
}

type specOperation struct {
	ID          string                  `yaml:"operationId"`
	Tags        []string                `yaml:"tags"`
	Summary     string                  `yaml:"summary"`
	SummaryJA   string                  `yaml:"x-summary-ja"`
	Description string                  `yaml:"description"`
	Who         []string                `yaml:"x-who"`
	Parameters  []specParameter         `yaml:"parameters"`
	Body        specContent             `yaml:"requestBody"`
	Responses   map[string]specResponse `yaml:"responses"`
}

type specParameter struct {
	Ref         string     `yaml:"$ref"`
	Name        string     `yaml:"name"`
	In          string     `yaml:"in"`
	Description string     `yaml:"description"`
	Schema      specSchema `yaml:"schema"`
}

type specContent struct {
	Content map[string]specMedia `yaml:"content"`
}

type specMedia struct {
	Schema specSchema `yaml:"schema"`
}

type specResponse struct {
	Ref         string               `yaml:"$ref"`
	Description string               `yaml:"description"`
	Content     map[string]specMedia `yaml:"content"`
}

type specSchema struct {
	Ref         string                `yaml:"$ref"`
	Type        any                   `yaml:"type"`
	Format      string                `yaml:"format"`
	Description string                `yaml:"description"`
	Enum        []string              `yaml:"enum"`
	MaxLength   int                   `yaml:"maxLength"`
	AnyOf       []specSchema          `yaml:"anyOf"`
	Items       *specSchema           `yaml:"items"`
	Required    []string              `yaml:"required"`
	Properties  map[string]specSchema `yaml:"properties"`
}

// apiGuide is the description ready for the page, but for the language.
type apiGuide struct {
	document specDocument
	paths    []string // in the order of the file
	schemas  []string
	fields   map[string][]string
}

func readGuide() (apiGuide, error) {
	g := apiGuide{fields: map[string][]string{}}
	if err := yaml.Unmarshal(static.OpenAPI, &g.document); err != nil {
		return g, fmt.Errorf("read the description of the API: %w", err)
	}
	// Maps forget their order, which in the file is one that people read well.
	var ordered struct {
		Paths      yaml.MapSlice `yaml:"paths"`
		Components struct {
			Schemas yaml.MapSlice `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.UnmarshalWithOptions(static.OpenAPI, &ordered, yaml.UseOrderedMap()); err != nil {
		return g, fmt.Errorf("read the description of the API: %w", err)
	}
	for _, p := range ordered.Paths {
		g.paths = append(g.paths, fmt.Sprint(p.Key))
	}
	for _, s := range ordered.Components.Schemas {
		name := fmt.Sprint(s.Key)
		g.schemas = append(g.schemas, name)
		if m, ok := s.Value.(yaml.MapSlice); ok {
			for _, part := range m {
				if properties, ok := part.Value.(yaml.MapSlice); ok && part.Key == "properties" {
					for _, f := range properties {
						g.fields[name] = append(g.fields[name], fmt.Sprint(f.Key))
					}
				}
			}
		}
	}
	return g, nil
}

type guidePage struct {
	About   string
	Groups  []guideGroup
	Schemas []guideSchema
}

type guideGroup struct {
	ID, Title  string
	Operations []guideOperation
}

type guideOperation struct {
	ID, Method, Path, Summary, About string
	Who                              []string
	Parameters                       []guideParameter
	Bodies                           []guideBody
	Answers                          []guideAnswer
}

type guideParameter struct{ Name, In, Type, About string }

type guideBody struct {
	MediaType string
	Schema    guideType
}

type guideAnswer struct {
	Status, About string
	Schema        *guideType
}

type guideSchema struct {
	Name, About string
	Fields      []guideField
}

type guideField struct {
	Name, About string
	Required    bool
	Type        guideType
}

// guideType is a type in words, with links to the shapes it names.
type guideType struct{ Parts []guidePart }

type guidePart struct{ Text, Link string }

func (t guideType) plain() string {
	var b strings.Builder
	for _, p := range t.Parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func (s specSchema) words() guideType {
	text := func(s string) guideType { return guideType{[]guidePart{{Text: s}}} }
	join := func(list []guideType, between string) guideType {
		var all guideType
		for i, t := range list {
			if i > 0 {
				all.Parts = append(all.Parts, guidePart{Text: between})
			}
			all.Parts = append(all.Parts, t.Parts...)
		}
		return all
	}
	switch {
	case s.Ref != "":
		return guideType{[]guidePart{{Text: refName(s.Ref), Link: refName(s.Ref)}}}
	case len(s.AnyOf) > 0:
		var list []guideType
		for _, one := range s.AnyOf {
			list = append(list, one.words())
		}
		return join(list, " | ")
	case s.Items != nil:
		return join([]guideType{text("["), s.Items.words(), text("]")}, "")
	case len(s.Enum) > 0:
		return text(strings.Join(s.Enum, " | "))
	case len(s.Properties) > 0:
		names := make([]string, 0, len(s.Properties))
		for name := range s.Properties {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(place(s.Required, a), place(s.Required, b)), cmp.Compare(a, b))
		})
		list := []guideType{}
		for _, name := range names {
			field := s.Properties[name]
			list = append(list, join([]guideType{text(name + ": "), field.words()}, ""))
		}
		return join([]guideType{text("{"), join(list, ", "), text("}")}, "")
	}
	kind := fmt.Sprint(s.Type)
	if list, ok := s.Type.([]any); ok {
		names := make([]string, 0, len(list))
		for _, t := range list {
			names = append(names, fmt.Sprint(t))
		}
		kind = strings.Join(names, " | ")
	}
	if s.Format != "" {
		kind += " (" + s.Format + ")"
	}
	if s.MaxLength > 0 {
		kind += fmt.Sprintf(", ≤ %d", s.MaxLength)
	}
	return text(kind)
}

func place(list []string, name string) int {
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return len(list)
}

func (g apiGuide) page(about string, japanese bool) guidePage {
	page := guidePage{About: about}
	pick := func(en, ja string) string {
		if japanese && ja != "" {
			return ja
		}
		return en
	}
	for _, tag := range g.document.Tags {
		group := guideGroup{ID: tag.Name, Title: pick(tag.Description, tag.DescriptionJA)}
		for _, path := range g.paths {
			for _, method := range []string{"get", "put", "post"} {
				op, there := g.document.Paths[path][method]
				if !there || !slices.Contains(op.Tags, tag.Name) {
					continue
				}
				made := g.operation(method, path, op)
				made.Summary = pick(op.Summary, op.SummaryJA)
				group.Operations = append(group.Operations, made)
			}
		}
		page.Groups = append(page.Groups, group)
	}
	for _, name := range g.schemas {
		s := g.document.Components.Schemas[name]
		shape := guideSchema{Name: name, About: s.Description}
		for _, field := range g.fields[name] {
			f := s.Properties[field]
			shape.Fields = append(shape.Fields, guideField{field, f.Description, slices.Contains(s.Required, field), f.words()})
		}
		page.Schemas = append(page.Schemas, shape)
	}
	return page
}

func (g apiGuide) operation(method, path string, op specOperation) guideOperation {
	made := guideOperation{ID: op.ID, Method: strings.ToUpper(method), Path: "/api/v1" + path, About: op.Description, Who: op.Who}
	if slices.Contains(op.Who, "public") {
		made.Who = nil
	}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = g.document.Components.Parameters[refName(p.Ref)]
		}
		made.Parameters = append(made.Parameters, guideParameter{p.Name, p.In, p.Schema.words().plain(), p.Description})
	}
	for _, mediaType := range sortedKeys(op.Body.Content) {
		made.Bodies = append(made.Bodies, guideBody{mediaType, op.Body.Content[mediaType].Schema.words()})
	}
	for _, status := range sortedKeys(op.Responses) {
		r := op.Responses[status]
		if r.Ref != "" {
			r = g.document.Components.Responses[refName(r.Ref)]
		}
		a := guideAnswer{Status: status, About: r.Description}
		for _, mediaType := range sortedKeys(r.Content) {
			words := r.Content[mediaType].Schema.words()
			a.Schema = &words
		}
		made.Answers = append(made.Answers, a)
	}
	return made
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (h *Handlers) showSpec(c *gin.Context) error {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "application/yaml; charset=utf-8", static.OpenAPI)
	return nil
}

func (h *Handlers) showGuide(c *gin.Context) error {
	guide, err := h.guide()
	if err != nil {
		return err
	}
	locale := h.localeOf(c)
	about := h.catalog.Text(locale, "api.about", nil)
	page := h.page(c, h.catalog.Text(locale, "api.title", nil), guide.page(about, locale == "ja"))
	page.NoIndex = false
	c.Header("Cache-Control", "no-cache")
	c.Header("Vary", "Accept-Language")
	return h.render(c, http.StatusOK, "api/show", page)
}
