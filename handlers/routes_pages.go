package handlers

// pageRoutes are the pages of people. Each line has kind pageRoute and says who may open it.
func (h *Handlers) pageRoutes() []route {
	return append(h.publicPages(), h.buyerPages()...)
}

func (h *Handlers) publicPages() []route { return nil }

func (h *Handlers) buyerPages() []route { return nil }
