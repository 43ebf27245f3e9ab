package sim

import (
	"fmt"
	"regexp"
	"strings"
)

// A part of the query language, enough to run the shipped rules over rows: what
// Microsoft's language service proves of them (make kql) is that they are sound,
// not what they find. What is not known here panics, so that no query runs
// other than it says.

// kqlWord is a token and where it begins.
type kqlWord struct {
	text string
	at   int
}

func kqlWords(query string) []kqlWord {
	pattern := regexp.MustCompile(`//[^\n]*|@"[^"]*"|"(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?[a-z]*|[A-Za-z_]\w*~?|==|=~|!=|!~|<=|>=|\.\.|[^\s\w]`)
	var words []kqlWord
	for _, at := range pattern.FindAllStringIndex(query, -1) {
		if text := query[at[0]:at[1]]; !strings.HasPrefix(text, "//") {
			words = append(words, kqlWord{text, at[0]})
		}
	}
	return words
}

// kqlParser reads a query into functions.
type kqlParser struct {
	text   string
	words  []kqlWord
	tables map[string]bool // names that stand for rows
}

func (p *kqlParser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0].text
}

func (p *kqlParser) next() string {
	word := p.peek()
	if word == "" {
		panic("the query ends too early")
	}
	p.words = p.words[1:]
	return word
}

// take drops the next words if they are these.
func (p *kqlParser) take(words ...string) bool {
	if len(p.words) < len(words) {
		return false
	}
	for i, word := range words {
		if p.words[i].text != word {
			return false
		}
	}
	p.words = p.words[len(words):]
	return true
}

func (p *kqlParser) want(words ...string) {
	if !p.take(words...) {
		panic(fmt.Sprintf("want %v, have %q", words, p.text[p.words[0].at:min(p.words[0].at+60, len(p.text))]))
	}
}

// inside is the text up to the parenthesis that closes.
func (p *kqlParser) inside() string {
	start, depth := p.words[0].at, 1
	for {
		at := p.words[0].at
		switch p.next() {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return p.text[start:at]
			}
		}
	}
}
