package templates

import (
	"html/template"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// slowRows are the rows as html/template writes them.
const slowRows = `{{define "slow-rows"}}{{$t := .}}{{range .Rows}}<tr role="row">{{range $i, $cell := .Cells}}{{if $i}}<td role="cell" data-label="{{$t.LabelAt $i}}"{{if $t.NumberAt $i}} class="n"{{end}}>{{template "cell" .}}</td>{{else}}<th role="rowheader" scope="row" data-label="{{$t.LabelAt $i}}">{{template "cell" .}}</th>{{end}}{{end}}</tr>
{{end}}{{end}}
{{define "cell"}}{{if .Link}}<a href="{{.Link.Href}}"{{if .Link.Current}} aria-current="true"{{end}}>{{if .Code}}<code class="hash">{{.Link.Label}}</code>{{else}}{{.Link.Label}}{{end}}</a>{{if .Text}} <span class="meta"{{with .Lang}} lang="{{.}}"{{end}}>{{.Text}}</span>{{end}}{{else if .Tag}}{{template "tag" .Tag}}{{else if .Due}}{{template "due" .Due}}{{else if .Money}}{{moneyTable .Money.Amount .Money.Currency}}{{else if .At}}<time datetime="{{iso .At}}">{{instantTable .At}}</time>{{else if .Code}}<code class="hash">{{.Text}}</code>{{else if .Lang}}<span lang="{{.Lang}}">{{.Text}}</span>{{else}}{{.Text}}{{end}}{{end}}
{{define "fast-rows"}}{{rows .}}{{end}}`

func TestRowsAreThoseOfTheTemplate(t *testing.T) {
	now := time.Date(2026, 1, 20, 1, 0, 0, 0, time.UTC)
	catalog, err := NewCatalog(Options{Zone: time.FixedZone("JST", 9*60*60), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string]*template.Template{}
	for _, locale := range Locales() {
		set, err := parsePages(catalog.funcs(locale))
		if err != nil {
			t.Fatal(err)
		}
		if sets[locale], err = set.Parse(slowRows); err != nil {
			t.Fatal(err)
		}
	}
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "<script>alert(1)</script>", `" onclick="x`, "'&+\x00", "折りたたみ", "a b"}))
	href := rapid.OneOf(rapid.Map(text, func(s string) string { return "/ja/x?q=" + s }), text, rapid.SampledFrom([]string{"javascript:alert(1)", "JaVaScRiPt:x", "/a:b", "https://e.example/?a=1&b=%E3%81", "mailto:a@b.c", "data:text/html,x", "%zz", "//h/p+q"}))
	statuses := []string{"scheduled", "awaiting_seller", "granted", "awaiting_approval", "none<such>"}
	cell := rapid.Custom(func(rt *rapid.T) Cell {
		c := Cell{Text: text.Draw(rt, "text"), Lang: rapid.SampledFrom([]string{"", "ja", `x" y`}).Draw(rt, "lang"), Code: rapid.Bool().Draw(rt, "code")}
		at := now.Add(time.Duration(rapid.Int64Range(-int64(90*24*time.Hour), int64(500*24*time.Hour)).Draw(rt, "at")))
		switch rapid.IntRange(0, 5).Draw(rt, "kind") {
		case 0:
			c.Link = &Link{Label: text.Draw(rt, "label"), Href: href.Draw(rt, "href"), Current: rapid.Bool().Draw(rt, "current")}
		case 1:
			c.Tag = &Tag{Status: rapid.SampledFrom(statuses).Draw(rt, "status"), Role: rapid.SampledFrom([]string{"buyer", "seller", "staff"}).Draw(rt, "role"), Text: rapid.SampledFrom([]string{"", "<b>"}).Draw(rt, "words")}
		case 2:
			c.Due = &Clock{At: at, Now: now, Kind: rapid.SampledFrom([]string{ClockDue, ClockWait, ClockOpens}).Draw(rt, "clock"), Over: rapid.SampledFrom([]string{"", "<i>over</i>"}).Draw(rt, "over")}
		case 3:
			c.Money = &Money{rapid.Int64Range(-1e12, 1e12).Draw(rt, "amount"), rapid.SampledFrom([]string{"JPY", "BRL", "USD"}).Draw(rt, "currency")}
		case 4:
			c.At = &at
		}
		return c
	})
	rapid.Check(t, func(rt *rapid.T) {
		table := Table{}
		for range rapid.IntRange(1, 4).Draw(rt, "columns") {
			table.Columns = append(table.Columns, Column{Label: text.Draw(rt, "column"), Number: rapid.Bool().Draw(rt, "number")})
		}
		for range rapid.IntRange(0, 3).Draw(rt, "rows") {
			table.Rows = append(table.Rows, Row{rapid.SliceOfN(cell, 0, 5).Draw(rt, "cells")})
		}
		for locale, set := range sets {
			var slow, fast strings.Builder
			if err := set.ExecuteTemplate(&slow, "slow-rows", table); err != nil {
				rt.Fatal(err)
			}
			if err := set.ExecuteTemplate(&fast, "fast-rows", table); err != nil {
				rt.Fatal(err)
			}
			if slow.String() != fast.String() {
				rt.Fatalf("%s:\n%s\nnot\n%s", locale, fast.String(), slow.String())
			}
		}
	})
}
