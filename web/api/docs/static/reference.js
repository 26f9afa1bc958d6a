// Shows the reference of the API, from the document that this very server makes of its routes.
const place = document.getElementById("reference");

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  // A token that is typed here stays in this page.
  persistAuthorization: false,
  // Its checks would ask a server of others.
  validatorUrl: null,
  tryItOutEnabled: false,
  syntaxHighlight: false,
});
