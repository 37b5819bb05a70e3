package static

import _ "embed" // for the description of the API

// OpenAPI describes the API for machines, and for the page that shows it to people. It is
// not among the files of Open: it has an address of its own beside the API.
//
//go:embed openapi.yaml
var OpenAPI []byte
