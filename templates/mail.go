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

// mailView fills both parts. Paragraphs come from the body's blank lines.
type mailView struct {
	Subject    string
	Paragraphs []string
	Link       string
	LinkText   string
	Number     string // of the notice, in the first line; "" prints none
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
	return s.renderMail(locale, subjectKey, bodyKey, args, link, "")
}

func (s *Set) renderMail(locale, subjectKey, bodyKey string, args map[string]any, link, number string) (subject, text, html string, err error) {
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
		linkKey = "mail.open"
	}
	v := mailView{Subject: strings.Join(strings.Fields(subject), " "), Link: link, Number: number}
	if v.LinkText, err = fill(linkKey); err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	for part := range strings.SplitSeq(body, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			v.Paragraphs = append(v.Paragraphs, part)
		}
	}
	var plain, rich bytes.Buffer
	if err := s.mails[locale].text.Execute(&plain, v); err != nil {
		return "", "", "", fmt.Errorf("mail %s: %w", bodyKey, err)
	}
	if err := s.mails[locale].html.Execute(&rich, v); err != nil {
		return "", "", "", fmt.Errorf("mail %s: %w", bodyKey, err)
	}
	return v.Subject, plain.String(), rich.String(), nil
}
