package seed

import (
	"context"

	"hosho/models"
)

// tellWebhooks has the admin add a receiver that nobody has started: it is on the machine itself,
// so that the sample marketplace calls nobody else, and whoever starts one there sees it told.
func (st *story) tellWebhooks() {
	st.at(d(5), "webhook endpoint", func(ctx context.Context) error {
		_, _, err := st.s.CreateWebhookEndpoint(ctx, st.people.Admin.Actor(), models.WebhookEndpointInput{URL: "http://127.0.0.1:9/hooks", Types: []string{"refund.*"}})
		return err
	})
}
