// The storefront's pick in idiomatic JavaScript.

interface Order {
  id: string;
  status: string;
  placedAt: string;
  currency: string;
  total: number;
  customer: { name: string };
}

export function pickOrders(text: string): string {
  const { orders } = JSON.parse(text) as { orders: Order[] };
  return JSON.stringify({
    orders: orders.map((order) => ({
      id: order.id,
      status: order.status,
      placedAt: order.placedAt,
      currency: order.currency,
      total: order.total,
      customer: { name: order.customer.name },
    })),
  });
}
