import products from '../../catalogue.json';

export { products };
export type Product = (typeof products)[number];

export const price = (cents: number) => `€${(cents / 100).toFixed(2)}`;
