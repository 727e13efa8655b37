/** Every address of the page. */
export const route = {
  home: () => '/',
  listing: (id: string) => `/listings/${id}`,
  phone: () => '/phone',
};
