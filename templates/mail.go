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
	if m.text, err = texttemplate.New("mail.txt").Funcs(texttemplate.FuncMap(funcs)).Parse(string(text)); err != nil {
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
	if !Supported(locale) {
		locale = defaultLocale
	}
	for _, key := range []string{subjectKey, bodyKey} {
		if !s.catalog.Has(locale, key) {
			return "", "", "", fmt.Errorf("mail in %s: %w: %q", locale, errUnknownKey, key)
		}
	}
	v := mailView{
		Subject: strings.Join(strings.Fields(s.catalog.Text(locale, subjectKey, args)), " "),
		Link:    link,
	}
	for part := range strings.SplitSeq(s.catalog.Text(locale, bodyKey, args), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			v.Paragraphs = append(v.Paragraphs, part)
		}
	}
	v.LinkText = s.catalog.Text(locale, "mail.open", nil)
	if key := bodyKey + "_link"; s.catalog.Has(locale, key) {
		v.LinkText = s.catalog.Text(locale, key, args)
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
