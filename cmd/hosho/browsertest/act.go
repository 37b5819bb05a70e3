package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed find.js
var findScript string

// Click clicks a link, button, check box, radio button or summary by the words on it or beside it, and waits for the
// page it leads to. Words that match wholly win over words that match in part; what is in an open dialog or in the main
// part of the page wins over the rest; several that are left are an error. Words that start with "#", "." or "[", or
// with "css=", are a CSS selector.
//
// The click happens where the thing is drawn: one that is covered, disabled or invisible is an error.
func (b *Browser) Click(what string) {
	b.tb.Helper()
	element := b.find("click", what)
	spot := b.spot(what, element)
	pause := short
	if raw, err := b.callRaw(element, leads, "null"); err == nil && string(raw) == "true" {
		pause = long
	}
	before := b.report.loads()
	for _, step := range []input.DispatchMouseEventType{
		input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased,
	} {
		press := input.DispatchMouseEventParams{Type: step, X: spot.X, Y: spot.Y}
		if step != input.DispatchMouseEventTypeMouseMoved {
			press.Button, press.ClickCount = input.MouseButtonLeft, 1
		}
		if _, err := chromedp.Call(b.ctx, input.DispatchMouseEvent, press); err != nil {
			b.tb.Fatalf("click %q: %v", what, err)
		}
	}
	b.follow(before, pause)
}

// leads tells whether pressing an element should lead to another page: a link, or a button that sends a form. A script
// may still keep it from that.
const leads = `function() {
	const link = this.closest('a[href]');
	if (link) {
		const to = new URL(link.href, location);
		return !link.target && !link.hasAttribute('download') && !(to.hash && to.pathname === location.pathname && to.search === location.search);
	}
	const button = this.closest('button, input');
	return Boolean(button && button.type === 'submit' && button.form && button.form.method !== 'dialog'
		&& (button.form.noValidate || button.formNoValidate || button.form.checkValidity()));
}`

// Fill replaces what is in a field, found by its label, by typing; in a select it chooses the option by its text. A
// field that the browser draws itself, such as a date, gets its value in the form that a page's source has it.
func (b *Browser) Fill(label, value string) {
	b.tb.Helper()
	element := b.find("field", label)
	quoted, err := json.Marshal(value)
	if err != nil {
		b.tb.Fatalf("fill %q: %v", label, err)
	}
	const script = `function(value) {
		this.scrollIntoView({ block: 'center', behavior: 'instant' });
		if (this.disabled || this.readOnly) return 'it cannot be changed';
		const changed = () => {
			this.dispatchEvent(new Event('input', { bubbles: true }));
			this.dispatchEvent(new Event('change', { bubbles: true }));
		};
		if (this.tagName === 'SELECT') {
			const option = [...this.options].find((o) => o.label.trim() === value || o.text.trim() === value);
			if (!option) return 'it offers ' + [...this.options].map((o) => o.text.trim()).join(', ');
			option.selected = true;
			changed();
			return '';
		}
		if (/^(date|time|datetime-local|month|week|color|range)$/.test(this.type)) {
			this.value = value;
			if (this.value === '' && value !== '') return 'it does not take that value';
			changed();
			return '';
		}
		if (/^(checkbox|radio|file)$/.test(this.type)) return 'it is not a field to write in';
		this.focus();
		if (this.select) this.select(); else document.getSelection().selectAllChildren(this);
		return 'type';
	}`
	switch answer := b.call(element, script, string(quoted)); answer {
	case "":
	case "type":
		if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: value}); err != nil {
			b.tb.Fatalf("fill %q: %v", label, err)
		}
		if value == "" {
			b.Press("Delete")
		}
	default:
		b.tb.Fatalf("fill %q: %s", label, answer)
	}
}

// Upload chooses files for a file field, found by its label.
func (b *Browser) Upload(label string, paths ...string) {
	b.tb.Helper()
	element := b.find("field", label)
	var files []string
	for _, path := range paths {
		file, err := filepath.Abs(path)
		if err != nil {
			b.tb.Fatalf("upload: %v", err)
		}
		files = append(files, file)
	}
	if _, err := chromedp.Call(b.ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: files, ObjectID: element}); err != nil {
		b.tb.Fatalf("upload to %q: %v", label, err)
	}
}

// keys are those a person without a mouse needs; the text is what the key types.
var keys = map[string]struct {
	code int64
	text string
}{
	"Tab": {9, ""}, "Enter": {13, "\r"}, "Escape": {27, ""}, "Space": {32, " "}, "Delete": {46, ""}, "Backspace": {8, ""},
	"ArrowLeft": {37, ""}, "ArrowUp": {38, ""}, "ArrowRight": {39, ""}, "ArrowDown": {40, ""}, "Home": {36, ""}, "End": {35, ""},
}

// Press presses a key by its name, such as "Tab", "Shift+Tab", "Enter", "Space", "Escape" or "ArrowDown", and waits for
// the page it leads to.
func (b *Browser) Press(name string) {
	b.tb.Helper()
	plain, shift := strings.CutPrefix(name, "Shift+")
	key, ok := keys[plain]
	if !ok {
		b.tb.Fatalf("no key is called %q here", name)
	}
	event := input.DispatchKeyEventParams{Key: plain, Code: plain, WindowsVirtualKeyCode: key.code, NativeVirtualKeyCode: key.code}
	if plain == "Space" {
		event.Key = " "
	}
	if shift {
		event.Modifiers = 8
	}
	pause := short
	if plain == "Enter" {
		if away, err := evaluate[bool](b, "("+leads+").call(document.activeElement)"); err == nil && away {
			pause = long
		}
	}
	before := b.report.loads()
	for _, step := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		event.Type, event.Text = step, ""
		if step == input.DispatchKeyEventTypeKeyDown {
			event.Text = key.text
		}
		if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, event); err != nil {
			b.tb.Fatalf("press %s: %v", name, err)
		}
	}
	b.follow(before, pause)
}

// Type types text where the cursor is.
func (b *Browser) Type(text string) {
	b.tb.Helper()
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		b.tb.Fatalf("type: %v", err)
	}
}

// Text waits for the first element that the CSS selector finds to be visible and returns its text as it is read:
// without what is hidden, and with runs of white space as one space.
func (b *Browser) Text(css string) string {
	b.tb.Helper()
	quoted, _ := json.Marshal(css) // a string always has a JSON form
	var text *string
	b.wait(fmt.Sprintf("find %s", css), func() (string, error) {
		var err error
		text, err = evaluate[*string](b, fmt.Sprintf(`(() => { const found = [...document.querySelectorAll(%s)].find((e) => e.checkVisibility());
			return found ? found.innerText.replace(/\s+/g, ' ').trim() : null; })()`, quoted))
		if err == nil && text == nil {
			return "nothing visible matches", nil
		}
		return "", err
	})
	return *text
}

// WaitText waits until the words are to be read somewhere on the page.
func (b *Browser) WaitText(words string) {
	b.tb.Helper()
	b.wait(fmt.Sprintf("read %q", words), func() (string, error) {
		text, err := evaluate[string](b, "document.body.innerText")
		if err == nil && !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(words), " ")) {
			return "the page says: " + text, nil
		}
		return "", err
	})
}

// find waits until exactly one thing goes by the words.
func (b *Browser) find(kind, what string) runtime.RemoteObjectID {
	b.tb.Helper()
	quoted, _ := json.Marshal([]string{kind, what}) // strings always have a JSON form
	var id runtime.RemoteObjectID
	b.wait(fmt.Sprintf("find %q", what), func() (string, error) {
		found, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: fmt.Sprintf("%s(...%s)", findScript, quoted)})
		if err != nil {
			return "", err
		}
		if found.ExceptionDetails != nil {
			return "", fmt.Errorf("look for it: %s", found.ExceptionDetails.Exception.Description)
		}
		if found.Result.ObjectID == "" {
			return string(found.Result.Value), nil
		}
		id = found.Result.ObjectID
		return "", nil
	})
	return id
}

type point struct{ X, Y float64 }

// spot scrolls an element into view and returns the middle of it, once a click there would reach it: it has stopped
// moving, is not covered and not disabled. A control drawn by its label is clicked on the label.
func (b *Browser) spot(what string, element runtime.RemoteObjectID) point {
	b.tb.Helper()
	const script = `function() {
		let target = this;
		const small = (e) => { const r = e.getBoundingClientRect(); return r.width < 2 || r.height < 2 || getComputedStyle(e).opacity === '0'; };
		if (small(target) && target.labels && target.labels.length) target = target.labels[0];
		if (this.disabled) return { why: 'it is disabled' };
		target.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
		const r = target.getClientRects()[0];
		if (!r) return { why: 'it is not drawn' };
		const x = r.left + r.width / 2, y = r.top + r.height / 2;
		const hit = document.elementFromPoint(x, y);
		if (hit && (target === hit || target.contains(hit) || hit.closest('label')?.control === this)) return { x, y };
		return { why: 'it is covered by ' + (hit ? hit.outerHTML.slice(0, 120) : 'nothing in view') };
	}`
	var last, now struct {
		point
		Why string
	}
	b.wait(fmt.Sprintf("click %q", what), func() (string, error) {
		last = now
		now = struct {
			point
			Why string
		}{}
		raw, err := b.callRaw(element, script, "null")
		if err != nil {
			return "", err
		}
		if err := json.Unmarshal(raw, &now); err != nil {
			return "", fmt.Errorf("read where it is: %w", err)
		}
		if now.Why == "" && now.point != last.point {
			return "it moves", nil
		}
		return now.Why, nil
	})
	return now.point
}

// wait asks again until the answer is no complaint. A page that is just being replaced answers with an error, so errors
// too are given time.
func (b *Browser) wait(what string, ask func() (complaint string, err error)) {
	b.tb.Helper()
	for end := time.Now().Add(b.patience); ; time.Sleep(20 * time.Millisecond) {
		complaint, err := ask()
		if err == nil && complaint == "" {
			return
		}
		if errors.Is(err, context.Canceled) || time.Now().After(end) {
			where, _ := evaluate[string](b, "location.href")
			if err != nil {
				complaint = err.Error()
			}
			b.tb.Fatalf("%s on %s: %s", what, where, complaint)
		}
	}
}

// call runs a function on an element and returns the string it returns.
func (b *Browser) call(element runtime.RemoteObjectID, function, argument string) string {
	b.tb.Helper()
	raw, err := b.callRaw(element, function, argument)
	var answer string
	if err == nil {
		err = json.Unmarshal(raw, &answer)
	}
	if err != nil {
		b.tb.Fatalf("ask the page: %v", err)
	}
	return answer
}

func (b *Browser) callRaw(element runtime.RemoteObjectID, function, argument string) ([]byte, error) {
	result, err := chromedp.Call(b.ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: function,
		ObjectID:            element,
		Arguments:           []*runtime.CallArgument{{Value: []byte(argument)}},
		ReturnByValue:       new(true),
	})
	if err != nil {
		return nil, err
	}
	if result.ExceptionDetails != nil {
		return nil, errors.New(result.ExceptionDetails.Exception.Description)
	}
	return result.Result.Value, nil
}

// evaluate returns the value of an expression without ending the test.
func evaluate[T any](b *Browser, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, b.patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}
