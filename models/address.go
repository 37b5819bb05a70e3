package models

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// reserved are networks that lead to this machine, to its own network or nowhere, among those
// that look like any other. Networks that carry IPv4 addresses in IPv6 ones are among them,
// whatever they carry.
var reserved = func() (list []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}()

// PublicAddress reports whether an address is one of the public network: not of this machine,
// a private network, a link, a group, nor reserved. An IPv4 address in IPv6 clothes is judged
// as what it is.
func PublicAddress(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() &&
		!slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}

// webhookPorts are those that receivers listen on, "" being 443.
var webhookPorts = []string{"", "443", "8443"}

// checkWebhookURL says what is wrong with an address to send webhooks to: the code of a field's
// error, or "". Names are looked up when they are dialled, where PublicAddress is asked again;
// here what can be seen is refused at once. In the sandbox any address and port will do.
func checkWebhookURL(raw string, sandbox bool) string {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" || !isPrintable(raw) {
		return "bad_webhook_url"
	}
	if sandbox {
		if u.Scheme != "https" && u.Scheme != "http" {
			return "bad_webhook_url"
		}
		return ""
	}
	if u.Scheme != "https" || !slices.Contains(webhookPorts, u.Port()) {
		return "bad_webhook_url"
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		if !PublicAddress(a) {
			return "private_address"
		}
		return ""
	}
	// A name that ends in a number is an IPv4 address to some resolvers: 127.1, 0x7f.1, 2130706433.
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case last == "" || last[0] >= '0' && last[0] <= '9', !strings.Contains(name, "."), slices.Contains([]string{"localhost", "local", "internal", "arpa"}, last):
		return "private_address"
	}
	return ""
}

// isPrintable says that a text is all visible ASCII.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
