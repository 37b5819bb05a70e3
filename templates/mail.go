package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"
)

// mailTemplates are the two parts of a mail in one locale.
type mailTemplates struct {
	text *texttemplate.Template
	html *template.Template
}

// mailView fills both parts with the same words. Paragraphs come from the body's blank lines.
type mailView struct {
	Subject    string
	Paragraphs []string
	Marked     [][]mailPart // the same, in pieces
	Link       string
	LinkText   string
	Number     string // of the notice, in the first line; "" prints none
	Kept       bool   // it stands in the message centre too
}

// mailPart is a piece of a paragraph. What people look for first, an amount or a date, is strong.
type mailPart struct {
	Text   string
	Strong bool
}

// These stand around a strong piece until the parts are made. They are no characters of any text.
const (
	strongOn  = "\x02"
	strongOff = "\x03"
)

var noMarks = strings.NewReplacer(strongOn, "", strongOff, "")

func mailParts(paragraph string) []mailPart {
	var parts []mailPart
	add := func(text string, strong bool) {
		if text = noMarks.Replace(text); text != "" {
			parts = append(parts, mailPart{text, strong})
		}
	}
	for paragraph != "" {
		before, rest, found := strings.Cut(paragraph, strongOn)
		add(before, false)
		if !found {
			break
		}
		strong, after, _ := strings.Cut(rest, strongOff)
		add(strong, true)
		paragraph = after
	}
	return parts
}

func parseMails(funcs template.FuncMap) (*mailTemplates, error) {
	text, err := files.ReadFile("mail/mail.txt")
	if err != nil {
		return nil, err
	}
	html, err := files.ReadFile("mail/mail.html")
	if err != nil {
		return nil, err
	}
	m := &mailTemplates{}
	if m.text, err = texttemplate.New("mail.txt").Funcs(funcs).Parse(string(text)); err != nil {
		return nil, err
	}
	if m.html, err = template.New("mail.html").Funcs(funcs).Parse(string(html)); err != nil {
		return nil, err
	}
	return m, nil
}

// RenderMail gives a mail in a locale. subjectKey and bodyKey are catalogue
// keys filled as by Catalog.Text; blank lines of the body part its paragraphs.
// link, if any, stands on a line of its own under the words of the optional
// key bodyKey + "_link". A line break in the subject becomes a space, so that
// nothing a person typed can add a header.
func (s *Set) RenderMail(locale, subjectKey, bodyKey string, args map[string]any, link string) (subject, text, html string, err error) {
	return s.renderMail(locale, subjectKey, bodyKey, args, link, "", "mail.open")
}

func (s *Set) renderMail(locale, subjectKey, bodyKey string, args map[string]any, link, number, openKey string) (subject, text, html string, err error) {
	if !Supported(locale) {
		locale = defaultLocale
	}
	w := s.catalog.words[locale]
	fill := func(key string) (string, error) { return w.text(key, args, pluralCount(args["n"])) }
	subject, err = fill(subjectKey)
	if err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	body, err := fill(bodyKey)
	if err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	linkKey := bodyKey + "_link"
	if !s.catalog.Has(locale, linkKey) {
		linkKey = openKey
	}
	v := mailView{Subject: strings.Join(strings.Fields(noMarks.Replace(subject)), " "), Link: link, Number: number, Kept: args["code"] == nil || args["code"] == ""}
	if v.LinkText, err = fill(linkKey); err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	for part := range strings.SplitSeq(body, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			v.Paragraphs, v.Marked = append(v.Paragraphs, noMarks.Replace(part)), append(v.Marked, mailParts(part))
		}
	}
	var plain, rich bytes.Buffer
	if err := s.locales[locale].mails.text.Execute(&plain, v); err != nil {
		return "", "", "", fmt.Errorf("mail %s: %w", bodyKey, err)
	}
	if err := s.locales[locale].mails.html.Execute(&rich, v); err != nil {
		return "", "", "", fmt.Errorf("mail %s: %w", bodyKey, err)
	}
	return v.Subject, plain.String(), rich.String(), nil
}
