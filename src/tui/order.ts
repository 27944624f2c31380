/** By what the services are sorted; `profile` leaves them as the profile has them. */
export const ORDERS = ["profile", "name", "state", "up", "cpu", "memory", "swap"] as const;
export type Order = (typeof ORDERS)[number];

export const nextOrder = (order: Order): Order => ORDERS[(ORDERS.indexOf(order) + 1) % ORDERS.length] ?? "profile";
